"""A gate front end as JGS/T 14-2015 describes it: it reads trucks, asks, and shows the answer.

The one rule: it is written from the standard's description alone and knows no driver; a wrong byte must not pass both sides.
"""
