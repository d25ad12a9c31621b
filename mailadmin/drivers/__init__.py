"""How mail is given to a service: what a driver is asked (`driver`), and a module for each driver.

What a service's answer means is a driver's business. What follows from it is not: backoff, breaker,
limits and failover are in `policy` and `delivery`. The database and the window are above.
Nothing is imported here that opens connections: a driver does that when it is told to open one.
"""
