// What the catalogue's items are called: films, books, songs. One place knows it, and every sentence takes it from here.

let names = { one: "film", many: "films" };

/**
 * Take over what the model's catalogue calls its items.
 * @param {{one: string, many: string} | null | undefined} things From /v1/model; older services say nothing.
 */
export function call(things) {
  names = { one: things?.one || "film", many: things?.many || "films" };
}

/**
 * Fill a sentence: {one} and {many} become the noun, {a} the noun with its article; a capital first letter asks for one.
 * @param {string} sentence
 * @returns {string} "Find {a} you know" as "Find a film you know" or "Find an album you know".
 */
export function worded(sentence) {
  const words = { ...names, a: `${/^[aeiou]/i.test(names.one) ? "an" : "a"} ${names.one}` };
  return sentence.replace(/\{(one|many|a)\}/gi, (_, key) => {
    const word = words[key.toLowerCase()];
    return key[0] === key[0].toLowerCase() ? word : word[0].toUpperCase() + word.slice(1);
  });
}

/**
 * @param {number} n
 * @param {string} [before] A word in front of the noun, "new".
 * @returns {string} "1 film", "2,000 new films".
 */
export function counted(n, before = "") {
  return [n.toLocaleString("en"), before, n === 1 ? names.one : names.many].filter(Boolean).join(" ");
}

/**
 * Say what stands on the page from the start with the noun that fits.
 * @param {Document} page Elements with `data-words` hold a sentence for their text, `data-placeholder` and `data-label` for the
 *   attributes of those names.
 */
export function reword(page) {
  for (const element of page.querySelectorAll("[data-words]")) element.textContent = worded(element.dataset.words);
  for (const element of page.querySelectorAll("[data-placeholder]"))
    element.setAttribute("placeholder", worded(element.dataset.placeholder));
  for (const element of page.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", worded(element.dataset.label));
}
