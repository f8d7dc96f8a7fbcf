"""`plumbline up`: the whole system on one machine, as child processes under one supervisor.

`plan` says which parts there are and how each is known to serve; `child` runs one part and starts it again; `supervisor` brings them up in order
and stops them in the reverse one; `log_tail` repeats their warnings; `lock` keeps one supervisor per data folder.
"""
