"""The methods of `Database`, by what they are about."""
