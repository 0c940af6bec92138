"""Customs as the line sees it: files that come in, late or again, with words that mean release or not."""
