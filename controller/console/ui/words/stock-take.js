/**
 * Words of the page of stock-takes: `key: [中文, English]`.
 * @type {Record<string, [string, string]>}
 */
export default {
  "nav.stock": ["盘点", "Stock"],
  "stock.title": ["暂存盘点", "Stock-take"],
  "stock.places": ["暂存位", "custody places"],
  "stock.choose": ["选择一个暂存位", "Choose a place"],
  "stock.none": ["暂存位内无箱", "nothing is in custody"],
  "stock.kept": ["应有 {n} 箱", "{n} cartons"],
  "stock.never": ["未盘点", "never counted"],
  "stock.right": ["{time}前相符", "right {time} ago"],
  "stock.differed": ["{time}前不符", "differed {time} ago"],
  "stock.begin": ["开始盘点", "Begin"],
  "stock.last": ["上次盘点: {time}前, {name}, 扫 {n} 件", "last count: {time} ago by {name}, {n} scanned"],
  "stock.customs": ["海关", "customs"],
  "stock.as_it_should": ["账实相符", "as it should be"],
  "stock.missing": ["缺", "Missing"],
  "stock.elsewhere": ["应在别处", "Belong elsewhere"],
  "stock.unknown": ["不认识", "Nobody knows"],
  "stock.expected": ["应在此处 {n} 箱", "{n} cartons should be here"],
  "stock.scan": ["扫箱标签", "Scan a label"],
  "stock.counted": ["已扫 {found} / {expected} 箱, 另有 {more}", "{found} of {expected} scanned, {more} others"],
  "stock.finish": ["盘点完成", "Finish"],
  "stock.give_up": ["放弃", "Give up"],
  "stock.done": ["{place} 盘点已记录", "the count of {place} is recorded"],
};
