"""A second opinion on uncertain detections, from a model that the operator names. Asynchronous: landing never waits for it.

An opinion is an advisory detection, stored beside ours with the judge that gave it. It decides nothing until a run of its own is made of it.
"""
