# SPDX-License-Identifier: MIT
"""`duet explain` against every server of `duet broken`, and against nginx, h2o
and Caddy, right and wrong.

Each verdict is looked at by its words for people and for programs; a screen of
it has 24 lines of 80 columns at the most.
"""
