"""The SMTP driver: opens a connection, delivers messages, tests a provider.

The bytes of the connection, the deadlines, the way of a message and the meaning of replies are its
own; it runs in any asyncio event loop. What opens connections is imported when one is opened.
"""
