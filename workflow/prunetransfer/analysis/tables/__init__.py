"""How tables are laid out and worded, and the published ones beside them."""
