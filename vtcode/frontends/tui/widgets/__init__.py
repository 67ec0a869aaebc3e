"""The app's own widgets: they own pixels, not decisions."""
