"""How the reader was trained, and how to train it again; see `training/README.md`."""
