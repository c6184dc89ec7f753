// Starts the page: makes its parts, tells them of each other, and asks for the first list.

import { Compare } from "./compare.js";
import { one } from "./dom.js";
import "./film-rating.js";
import { Listing } from "./listing.js";
import { ListView } from "./list-view.js";
import { MapView } from "./map-view.js";
import { Mine } from "./mine.js";
import { ModelPanel } from "./model-panel.js";
import { startRouter } from "./router.js";
import { Search } from "./search.js";
import { Shelf } from "./shelf.js";
import { kindOf } from "./stars.js";
import { studio } from "./studio.js";
import { startTheme } from "./theme.js";
import { reword, worded } from "./things.js";
import { startTransfer } from "./transfer.js";
import { WishesForm } from "./wishes.js";

const form = new WishesForm();
const listing = new Listing(form);
new ListView(listing);
new Mine();
new ModelPanel();
const shelf = new Shelf(),
  compare = new Compare(form),
  map = new MapView(listing);
let started = false;

studio.addEventListener("model", async () => {
  form.offer(studio.model);
  one("#intro-how").textContent = worded(kindOf(studio.model) === "like" ? "Like a few {many}" : "Rate a few {many}");
  reword(document);
  one("#model-name").textContent = studio.model.label ?? studio.model.name;
  if (!started) {
    started = true;
    new Search();
    startTransfer();
  }
  await shelf.load().catch(() => {}); // the search and the list do without it
  if (!one("#view-map").hidden) await map.open();
  if (!one("#view-compare").hidden) await compare.open();
});

startTheme(() => map.draw());
startRouter({
  "for-you": () => {},
  map: () => map.open(),
  compare: () => compare.open(),
  model: () => {},
});
listing.refresh();
