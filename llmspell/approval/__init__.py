"""What scripts ask for in their headers: reading it, having it approved, finding out what it would have to be.

Knows profiles and settings; asks nobody and prints nothing: who is asked is handed in."""
