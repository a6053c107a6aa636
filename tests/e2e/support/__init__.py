# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on; see tests/e2e/conftest.py."""
