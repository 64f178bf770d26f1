"""The server for programs: the functions of liangrong as tools of the Model Context Protocol.

A client is a stranger. What it asks for is checked against `Borders` first, is carried out in a process of its own that
can be ended, and comes back with what is known of luck and look-ahead. Only `protocol` knows the SDK.
"""
