"""Speed, memory and answer quality, side by side with what a user would write instead. See README.md."""
