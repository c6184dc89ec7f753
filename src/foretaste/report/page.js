// Values on hover, touch or focus: the nearest mark of a chart says its title. Without this script the browser's own tips do.
const tip = document.createElement("div");
tip.id = "tip"; tip.setAttribute("role", "status"); tip.hidden = true;
document.body.append(tip);
for (const mark of document.querySelectorAll("svg .mark")) {
  const title = mark.querySelector("title");
  if (title) { mark.dataset.tip = title.textContent; title.remove(); }
}
const REACH = 26; // pixels
function nearest(svg, x, y) {
  let best = null, least = REACH;
  for (const mark of svg.querySelectorAll("[data-tip]")) {
    const box = mark.getBoundingClientRect();
    const far = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    const away = far + Math.min(Math.hypot((box.left + box.right) / 2 - x, (box.top + box.bottom) / 2 - y), 400) / 100;
    if (away < least) { best = mark; least = away; }
  }
  return best;
}
function show(event) {
  const svg = event.target.closest && event.target.closest("figure svg");
  const mark = svg && nearest(svg, event.clientX, event.clientY);
  for (const old of document.querySelectorAll("svg .near")) { if (old !== mark) old.classList.remove("near"); }
  tip.hidden = !mark;
  if (!mark) return;
  mark.classList.add("near");
  tip.textContent = mark.dataset.tip;
  const box = tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room - box.width - 8))}px`;
  tip.style.top = `${event.clientY > box.height + 24 ? event.clientY - box.height - 14 : event.clientY + 20}px`;
}
document.addEventListener("pointermove", show);
document.addEventListener("pointerdown", show);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
