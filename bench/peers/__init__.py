"""The servers the bench compares itself with, and how they are installed and started."""

from __future__ import annotations
