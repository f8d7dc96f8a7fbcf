"""Generated traffic for the demonstration: organizations, what they ask and when, three incidents, and the sender.

Everything is a pure function of the settings and of time: the same seed gives the same events, byte by byte, so that sending them again changes
nothing.
"""
