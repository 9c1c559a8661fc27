"""The hotline: an outside provider helps the authorities, case by case, and sees no answer."""
