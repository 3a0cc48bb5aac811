"""The two functions of governance: `decide` says whether a call is allowed, `admin` changes the policies."""
