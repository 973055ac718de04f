// Look at every page of a site: `node site.mjs CHROMIUM FOLDER WORD`. Print what is wrong, and how many pages WORD finds.
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { ARGUMENTS } from "./browser.mjs";

const [program, folder, word] = process.argv.slice(2);
const site = pathToFileURL(`${folder}/`).href;
const files = readdirSync(folder, { recursive: true }).map(String);
const pages = files.filter((name) => name.endsWith(".html") && !name.startsWith("assets/") && name !== "404.html");
const VIEWS = [
  { name: "390", viewport: { width: 390, height: 900 }, media: "screen" },
  { name: "1280", viewport: { width: 1280, height: 900 }, media: "screen" },
  { name: "print", viewport: { width: 680, height: 1009 }, media: "print" }, // A4 within its margins
];

const browser = await chromium.launch({ executablePath: program, args: ARGUMENTS });
const wrong = [];
try {
  for (const { name, viewport, media } of VIEWS) {
    const page = await browser.newPage({ viewport });
    await page.emulateMedia({ media });
    let place = "";
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(`${place}: ${message.text()}`));
    page.on("pageerror", (error) => wrong.push(`${place}: ${error}`));
    page.on("request", (request) => /^(file|data):/.test(request.url()) || wrong.push(`${place}: fetches ${request.url()}`));
    for (const file of pages) {
      place = `${file} (${name})`;
      await page.goto(site + file);
      const seen = await page.evaluate((isPrint) => {
        const edge = document.documentElement.clientWidth + 1;
        const wide = isPrint ? [...document.querySelectorAll("table, pre, img")] : [document.documentElement];
        return {
          beyond: wide.filter((each) => each.getBoundingClientRect().left + each.scrollWidth > edge).length,
          broken: [...document.images].filter((each) => each.complete && !each.naturalWidth).map((each) => each.src),
          headings: document.querySelectorAll("h1").length,
        };
      }, media === "print");
      if (seen.beyond) wrong.push(`${place}: wider than the page`);
      if (seen.broken.length) wrong.push(`${place}: no picture ${seen.broken}`);
      if (seen.headings !== 1) wrong.push(`${place}: ${seen.headings} headings of the first level`);
    }
    await page.close();
  }
  const page = await browser.newPage();
  await page.goto(site + "index.html");
  const results = page.locator(".md-search-result__item");
  // Keys that are pressed before the index is loaded may find nothing, so they are pressed again.
  for (let tries = 0; tries < 10 && !(await results.count()); tries += 1) {
    await page.click(".md-search__input", { force: true });
    await page.fill(".md-search__input", "");
    await page.locator(".md-search__input").pressSequentially(word);
    await results.first().waitFor({ state: "attached", timeout: 5000 }).catch(() => undefined);
  }
  const found = await results.count();
  console.log(JSON.stringify({ pages: pages.length, wrong, found }));
} finally {
  await browser.close();
}
