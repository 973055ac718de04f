// Look at one page in a real browser, and print as JSON what is there: `node look.mjs CHROMIUM ADDRESS [light]`.
// With `light` only what a page of ten thousand rows can be asked in a short time. It judges nothing: test_page.py does.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { getDocumentProxy } from "unpdf";
import { withPage } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const DESK = { width: 1280, height: 800 };
const NARROW = { 320: { width: 320, height: 640 }, 390: { width: 390, height: 844 } };
const PAPER = { width: 718, height: 1000 }; // A4 less its margins, at 96 dots an inch

async function content(page) {
  return page.evaluate(() => ({
    title: document.title,
    text: document.body.innerText,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((found) => Number(found.tagName[1])),
    tables: [...document.querySelectorAll("table")].map((table) => ({
      caption: table.caption?.innerText ?? "",
      heads: [...table.querySelectorAll("thead th")].map((cell) => [cell.scope, cell.innerText]),
      bodies: [...table.tBodies].map((body) => ({
        head: body.querySelector(".reason td")?.innerText ?? null,
        rows: [...body.rows]
          .filter((row) => !row.matches(".reason"))
          .map((row) => [...row.cells].map((cell) => cell.innerText)),
      })),
      before: table.closest(".wide")?.previousElementSibling?.innerText ?? "",
      // A row of several cells begins with its head, and a group of rows has a name.
      rowHeads: [...table.tBodies].every((body) =>
        [...body.rows].every((row) => row.cells.length === 1 || row.cells[0].scope === "row") &&
        (body.querySelector(".reason") === null) === (body.getAttribute("aria-labelledby") === null),
      ),
      feet: table.tFoot === null ? 0 : 1,
    })),
    heads: [...document.querySelectorAll("h1, h2, h3, caption, summary, thead tr, .reason")].map((found) => found.innerText),
    shares: [...document.querySelectorAll(".models .share")].map((svg) =>
      [...svg.querySelectorAll("rect")].map((bar) => [bar.getAttribute("class"), Number(bar.getAttribute("width"))]),
    ),
    drawings: [...document.querySelectorAll("figure svg")].map((svg) => ({
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
  await page.evaluate(() => window.scrollTo(0, 0)); // heads that stick lie over what is scrolled beneath them
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations", "incomplete"] })`);
  const short = ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`;
  return { violations: found.violations.map(short), unsure: found.incomplete.map(short), passed: found.passes.map(({ id }) => id) };
}

async function stops(page) {
  const expected = await page.evaluate(() => {
    window.reachable = [...document.querySelectorAll('a[href], summary, button, input, select, textarea, [tabindex="0"]')].filter((found) =>
      found.checkVisibility({ contentVisibilityAuto: true }),
    );
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

// The parts of the window's width beyond which a count reaches; none if all are on the screen.
async function countsOffScreen(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".models td, .models thead th, .number")]
      .filter((cell) => cell.getBoundingClientRect().left < 0 || cell.getBoundingClientRect().right > innerWidth)
      .map((cell) => cell.innerText),
  );
}

// Scroll each tall table by half: its heads must be at the top, and nothing over them.
async function sticky(page) {
  return page.evaluate(() => {
    const found = [];
    for (const table of document.querySelectorAll("table.versions")) {
      if (table.offsetHeight < innerHeight * 1.5) continue;
      const frame = table.closest(".wide");
      window.scrollTo(0, frame.getBoundingClientRect().top + scrollY);
      if (frame.scrollHeight > frame.clientHeight) frame.scrollTop = table.offsetHeight / 2;
      else window.scrollBy(0, table.offsetHeight / 2);
      const head = table.querySelector("thead th");
      const { top, left } = head.getBoundingClientRect();
      found.push({ from: top - Math.max(0, frame.getBoundingClientRect().top), seen: document.elementFromPoint(left + 5, top + 5) === head });
    }
    window.scrollTo(0, 0);
    return found;
  });
}

// The lines of each page of paper, from its top to its foot.
async function paged(page) {
  const file = await page.pdf({ format: "A4", printBackground: true, margin: { top: "15mm", bottom: "15mm", left: "10mm", right: "10mm" } });
  const paper = await getDocumentProxy(new Uint8Array(file));
  const pages = [];
  for (let number = 1; number <= paper.numPages; number += 1) {
    const { items } = await (await paper.getPage(number)).getTextContent();
    const lines = new Map();
    for (const { str, transform } of items) {
      if (!str.trim()) continue;
      const y = Math.round(transform[5]);
      const near = [...lines.keys()].find((other) => Math.abs(other - y) <= 3) ?? y;
      lines.set(near, [...(lines.get(near) ?? []), [transform[4], str]]);
    }
    const inOrder = [...lines.entries()].sort(([one], [other]) => other - one);
    pages.push(inOrder.map(([, parts]) => parts.sort(([one], [other]) => one - other).map(([, str]) => str).join(" ")));
  }
  return pages;
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
  // What is folded away is looked at, too.
  const folded = await page.evaluate(() =>
    [...document.querySelectorAll("details:not([open])")].map((details) => ((details.open = true), details.innerText.split("\n")[0])),
  );
  const found = { folded, content: await content(page), sticky: await sticky(page), narrow: {} };
  for (const [name, size] of Object.entries(NARROW)) {
    await page.setViewportSize(size);
    found.narrow[name] = { overflow: await overflow(page), off: await countsOffScreen(page), sticky: await sticky(page) };
  }
  if (light) return found;
  for (const [name, size] of Object.entries(NARROW)) {
    await page.setViewportSize(size);
    found.narrow[name].judged = await violations(page);
  }
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
  found.paged = await paged(page);
  return found;
}

const [program, address, light] = process.argv.slice(2);
const found = await withPage(program, address, { viewport: DESK, colorScheme: "light" }, (page) => all(page, light === "light"));
process.stdout.write(JSON.stringify(found));
