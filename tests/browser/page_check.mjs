// Open pages in a real browser, do with each what somebody with a keyboard would, and print what was found: a line of JSON for
// each.
//
//   node page_check.mjs FOLDER-OF-NODE-MODULES BROWSER PAGE...
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, executablePath, ...paths] = process.argv.slice(2);
const { chromium } = createRequire(folder + "/")("playwright-core");
// The test's own user may be root, where Chromium's sandbox cannot be had; the page is ours.
const args = ["--no-sandbox", "--disable-gpu", "--no-zygote", "--single-process", "--disable-dev-shm-usage"];
const browser = await chromium.launch({ executablePath, args, headless: true });
// One page for all: in a single process, which is the quickest to start, a second one cannot be had.
const page = await browser.newPage({ viewport: { width: 1300, height: 800 } });
let found;
page.on("request", (it) => found.requests.push(it.url()));
page.on("console", (it) => found.console.push(it.type() + ": " + it.text()));
page.on("pageerror", (it) => found.console.push("error: " + it.message));
page.on("dialog", (it) => { found.dialogs.push(it.message()); it.dismiss(); });
for (const path of paths) {
  found = { version: browser.version(), requests: [], console: [], dialogs: [] };
  await lookAt(path);
  console.log(JSON.stringify(found));
}
await browser.close();

async function lookAt(path) {
  const address = pathToFileURL(path).href;
  await page.goto(address);
  found.address = address;
  const rows = () => page.$$eval("#tree [role=row]", (all) => all.map((it) => ({
    text: it.querySelector(".what").textContent, level: Number(it.getAttribute("aria-level")),
    number: it.querySelector(".number").textContent, expanded: it.getAttribute("aria-expanded"),
    bar: it.querySelector(".track i").getBoundingClientRect().width, selected: it.getAttribute("aria-selected"),
  })));
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const nRows = () => page.$eval("#tree", (it) => Number(it.getAttribute("aria-rowcount")));

  found.title = await page.title();
  found.focused = await page.evaluate(() => document.activeElement.id);
  found.rows = await rows();
  found.n_rows = await nRows();
  found.timeline = await page.$eval("#timeline", (it) => {
    const data = it.getContext("2d").getImageData(0, 0, it.width, it.height).data;
    return data.filter((value, n) => n % 4 === 3 && value > 0).length;
  });
  // Go to the first call that something is inside of; fold it, unfold it, go into it, all by keys.
  await press("Home");
  found.first_folding = found.rows.findIndex((it) => it.expanded !== null);
  for (let n = 0; n < found.first_folding; n++) await press("ArrowDown");
  await press("ArrowLeft");
  found.n_folded = await nRows();
  found.folded_is = (await rows())[found.first_folding].expanded;
  await press("ArrowRight");
  found.n_unfolded = await nRows();
  await press("ArrowRight");
  found.entered = (await rows()).findIndex((it) => it.selected === "true");
  await press("-");
  found.n_all_folded = await nRows();
  await press("*");
  found.n_all_unfolded = await nRows();
  found.details = [];
  const n_looked_at = found.n_all_unfolded > 1000 ? 3 : found.n_all_unfolded;
  for (let n = 0; n < n_looked_at; n++) {
    if (n === 0) await press("Home"); else await press("ArrowDown");
    found.details.push(await page.$eval("#detail", (it) => it.textContent));
  }
  await press("End");
  found.last_selected = await page.$eval("#tree", (it) => it.getAttribute("aria-activedescendant"));
  await press("Enter");
  found.focus_after_enter = await page.evaluate(() => document.activeElement.id);
  await press("Escape", "/");
  await page.keyboard.type("hostile");
  found.n_found = await nRows();
  await press("Escape");
  found.n_after_search = await nRows();
  // The other views, again by keys.
  await page.focus("#tab-tree");
  await press("ArrowRight");
  found.messages = await page.$$eval("#messages > details", (all) => all.length);
  if (found.messages) {
    await page.focus("#messages > details > summary");
    await press("Enter");
    await page.waitForFunction(() => document.querySelector("#messages > details").children.length > 1);
  }
  found.first_message = found.messages ? await page.$eval("#messages > details", (it) => it.textContent) : "";
  await page.focus("#tab-messages");
  await press("ArrowRight");
  found.costs = await page.$eval("#costs", (it) => it.innerText);
  await press("ArrowRight");
  found.source = await page.$eval("#source", (it) => it.textContent);
  found.visible = await page.$$eval("[role=tabpanel]", (all) => all.filter((it) => !it.hidden).map((it) => it.id));
  found.foreign_elements = await page.$$eval("img, iframe, object, embed, base, form, script[src], link:not([rel=icon])", (all) => all.length);
  found.scripts = await page.$$eval("script", (all) => all.length);
  found.hacked = await page.evaluate(() => window.hacked ?? null);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  found.grounds = [light, await ground()];
}
