"""What a provider may be: checks of its fields, presets, the file providers are exchanged by.

What is true of all providers is here; what a driver needs it says itself (`drivers`).
Nothing is stored here (`store.providers`) and nobody is asked over the network.
"""
