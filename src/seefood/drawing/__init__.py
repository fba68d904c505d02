"""What everything that is looked at is drawn with: colours, letters, shapes, saving.

This room knows arrays and Pillow images. It does not know networks, labels or verdicts.
"""
