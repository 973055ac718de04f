"""The fixtures of the plugin.

They are imported, because an environment that was set up before there was an entry point does not load the plugin.
"""

from expunge.testing.pytest_plugin import expunge_client, expunge_environ, expunge_sandbox

__all__ = ["expunge_client", "expunge_environ", "expunge_sandbox"]
