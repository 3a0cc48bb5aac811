"""What authorization reads of moto: who signed, policies, resources. It imports moto, so import it late."""
