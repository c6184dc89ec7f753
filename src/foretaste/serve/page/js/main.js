// Starts the page: makes its parts, tells them of each other, and asks for the first list.

import { Compare } from "./compare.js";
import { one } from "./dom.js";
import "./film-rating.js";
import { Listing } from "./listing.js";
import { ListView } from "./list-view.js";
import { Glance } from "./glance.js";
import { capital, giving } from "./giving.js";
import { MapView } from "./map-view.js";
import { Mine } from "./mine.js";
import { ModelPanel } from "./model-panel.js";
import { startRouter } from "./router.js";
import { Search } from "./search.js";
import { Shelf } from "./shelf.js";
import { studio } from "./studio.js";
import { startTheme } from "./theme.js";
import { reword, worded } from "./things.js";
import { startTransfer } from "./transfer.js";
import { WishesForm } from "./wishes.js";

const form = new WishesForm();
const listing = new Listing(form);
new ListView(listing);
new Glance(listing);
new Mine();
new ModelPanel();
const shelf = new Shelf(),
  compare = new Compare(form),
  map = new MapView(listing);
let started = false;

studio.addEventListener("model", async () => {
  form.offer(studio.model);
  introduce();
  if (!started) {
    started = true;
    new Search();
    startTransfer();
  }
  await shelf.load().catch(() => {}); // the search and the list do without it
  if (!one("#view-map").hidden) await map.open();
  if (!one("#view-compare").hidden) await compare.open();
});

/** Say what stands on the page from the start in the words of the model that answers. */
function introduce() {
  const { name, label, arm } = studio.model;
  const { rate, rating, each } = giving(studio.model);
  one("#intro-how").textContent = worded(`${capital(rate)} a few {many}`);
  one("#intro-what").textContent = `Every ${each} moves the list.`;
  one("#intro-where").textContent = `Your ${rating}s stay in this browser; the service hears of them only to answer.`;
  one("label[for=search-input]").dataset.words = `Find {a} and ${rate} it`;
  one("#map-empty").dataset.words = `${capital(rate)} {a}, and see where you stand.`;
  one("#mine-what").textContent = `Your ${rating}s`;
  one("#mine-empty").dataset.words =
    `Nothing ${rate}d yet. ${capital(rate)} {a} here, or look one up by its name. One is enough for a list of your own.`;
  one("#model-name").textContent = label ?? name;
  one("#model-arm").textContent =
    arm === "challenger" ? ` (${name}, which is on trial here)` : label && label !== name ? ` (${name})` : "";
  reword(document);
}

startTheme(() => map.draw());
startRouter({
  "for-you": () => {},
  map: () => map.open(),
  compare: () => compare.open(),
  model: () => {},
});
listing.refresh();
