"""Text of every kind turned into lines of a width: pure, without a widget, a theme or a screen."""
