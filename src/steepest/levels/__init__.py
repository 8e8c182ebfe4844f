"""Level curves in the plane, all components, none missed."""

from steepest.levels.curve import LevelCurve, level_curve

__all__ = ["LevelCurve", "level_curve"]
