"""What truly is in a carton: the declared goods as things of some material, or something that nobody declared.

The one rule: masses add up to what the scale will show; drawn from the carton's own number, so a carton packed again is the same.
"""

import random
from collections.abc import Sequence

from simulators.plant import Content
from simulators.traffic.parcels import Item

MATERIAL_OF = {
    "蓝牙耳机": "electronics", "棉制T恤": "textile", "陶瓷茶具": "ceramic", "手机壳": "plastic", "LED台灯": "electronics",
    "运动鞋": "textile", "不锈钢保温杯": "steel", "花椒": "organic",
}  # fmt: skip
# So thin that every material lets enough rays through to be told.
MOST_G_CM2 = {"steel": 4.0, "electronics": 9.0}
USUAL_MOST_G_CM2 = 12.0
EDGE_MM = 20
HIDDEN_SHARE = 0.7
WALLS_G_CM2 = 0.12
HEIGHT_MM, TOP_MM = 380, 470


def contents_of(code: str, items: Sequence[Item], length_mm: int, weight_g: int, *, hidden: bool = False) -> tuple[Content, ...]:
    """Things that weigh, with the carton's own walls, what the carton weighs.

    `hidden`: most of it is a steel block that nobody declared.
    """
    rng = random.Random(f"contents of {code}")
    left_g = max(weight_g - round(WALLS_G_CM2 * length_mm * TOP_MM / 100), 50)
    things: list[Content] = []
    if hidden:
        block_g = round(left_g * HIDDEN_SHARE)
        things.append(_thing(rng, "steel block", "steel", block_g, length_mm, 0, 1))
        left_g -= block_g
    for place, item in enumerate(items):
        share_g = left_g // len(items)
        material = MATERIAL_OF.get(item.gname, "organic")
        things.append(_thing(rng, item.gname, material, share_g, length_mm, place, len(items)))
    return tuple(things)


def _thing(rng: random.Random, name: str, material: str, mass_g: int, length_mm: int, place: int, of: int) -> Content:
    """In its own slice of the carton, as long as may be, and so high that it is not too thick."""
    room_mm = length_mm - 2 * EDGE_MM
    slice_mm = max(room_mm // of, 20)
    least_mm2 = 100 * mass_g / MOST_G_CM2.get(material, USUAL_MOST_G_CM2)
    wide_mm = round(slice_mm * rng.uniform(0.85, 1.0))
    high_mm = min(max(round(least_mm2 / wide_mm * rng.uniform(1.0, 1.6)), 60), HEIGHT_MM)
    return Content(name, material, mass_g, EDGE_MM + place * slice_mm, 0, wide_mm, high_mm)
