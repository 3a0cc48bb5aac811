"""Container images as folders: copies of code, named by their content, and the registry's word of them."""
