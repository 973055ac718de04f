// Look at one page in a real browser, and print as JSON what is there: `node look.mjs CHROMIUM ADDRESS [light]`.
// With `light` only what a page of ten thousand rows can be asked in a short time. It judges nothing: test_page.py does.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { withPage } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 320, height: 640 };
const PAPER = { width: 718, height: 1000 }; // A4 less its margins, at 96 dots an inch

async function content(page) {
  return page.evaluate(() => ({
    title: document.title,
    text: document.body.innerText,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((found) => Number(found.tagName[1])),
    tables: [...document.querySelectorAll("table")].map((table) => ({
      caption: table.caption?.innerText ?? "",
      heads: [...table.querySelectorAll("thead th")].map((cell) => [cell.scope, cell.innerText]),
      rows: [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText)),
      rowHeads: [...table.tBodies[0].rows].every((row) => row.cells[0].scope === "row"),
    })),
    drawings: [...document.querySelectorAll("svg")].map((svg) => ({
      role: svg.getAttribute("role"),
      words: document.getElementById(svg.getAttribute("aria-labelledby"))?.innerText ?? "",
      goes: svg.querySelectorAll(".goes-bar").length,
      stays: svg.querySelectorAll(".stays-bar").length,
    })),
    landmarks: ["header", "main", "footer"].map((name) => document.querySelectorAll(`body > ${name}`).length),
    // What runs, or what brings something in.
    active: [...document.querySelectorAll("*")]
      .filter(
        (found) =>
          ["script", "iframe", "object", "embed", "form", "base", "img", "link"].includes(found.localName) ||
          [...found.attributes].some(
            ({ name, value }) =>
              name.startsWith("on") || name === "src" || name === "style" || (name === "href" && !value.startsWith("#")),
          ),
      )
      .map((found) => found.outerHTML.slice(0, 200)),
  }));
}

async function violations(page) {
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations", "incomplete"] })`);
  const short = ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`;
  return { violations: found.violations.map(short), unsure: found.incomplete.map(short), passed: found.passes.map(({ id }) => id) };
}

async function stops(page) {
  const expected = await page.evaluate(() => {
    window.reachable = [...document.querySelectorAll('a[href], summary, button, input, select, textarea, [tabindex="0"]')];
    return window.reachable.length;
  });
  const found = [];
  for (let presses = 0; presses < expected + 5; presses += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const active = document.activeElement;
      if (active === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(active);
      const { top, bottom, left, right } = active.getBoundingClientRect();
      return {
        index: window.reachable.indexOf(active),
        what: active.outerHTML.slice(0, 80),
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        shown: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
      };
    });
    if (stop === null) break;
    found.push(stop);
  }
  return { expected, found };
}

async function overflow(page) {
  return page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth);
}

async function printed(page, scheme) {
  await page.emulateMedia({ media: "print", colorScheme: scheme });
  return page.evaluate(() => {
    const hidden = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || parent.closest(".skip")) continue;
      const range = document.createRange();
      range.selectNode(walker.currentNode);
      const { width, height } = range.getBoundingClientRect();
      if (!(parent.checkVisibility({ contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true }) && width * height))
        hidden.push(walker.currentNode.data.trim().slice(0, 60));
    }
    const most = document.scrollingElement.clientWidth + 1;
    const cut = [...document.querySelectorAll("table, th, td, code, svg, dd")]
      .filter((found) => found.getBoundingClientRect().right > most || found.scrollWidth > found.clientWidth + 1 && found.clientWidth > 0)
      .map((found) => found.outerHTML.slice(0, 100));
    const boxed = [...document.querySelectorAll("main *")]
      .filter((found) => getComputedStyle(found).overflowX !== "visible" && found.querySelector("table"))
      .map((found) => found.outerHTML.slice(0, 60));
    const { color, backgroundColor } = getComputedStyle(document.body);
    return { hidden, cut, boxed, overflow: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth, colours: [color, backgroundColor] };
  });
}

async function all(page, light) {
  const found = { content: await content(page) };
  await page.setViewportSize(PHONE);
  found.phone = { overflow: await overflow(page) };
  if (light) return found;
  found.phone.judged = await violations(page);
  await page.setViewportSize(DESK);
  found.stops = await stops(page);
  found.judged = {};
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    found.judged[scheme] = await violations(page);
    found.judged[scheme].background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  }
  await page.setViewportSize(PAPER);
  await page.evaluate(() => document.querySelectorAll("details").forEach((found) => (found.open = false)));
  found.printed = { light: await printed(page, "light"), dark: await printed(page, "dark") };
  return found;
}

const [program, address, light] = process.argv.slice(2);
const found = await withPage(program, address, { viewport: DESK, colorScheme: "light" }, (page) => all(page, light === "light"));
process.stdout.write(JSON.stringify(found));
