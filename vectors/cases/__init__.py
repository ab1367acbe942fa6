"""The cases themselves: what is asked. The reference implementation answers."""
