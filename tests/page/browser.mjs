// Start Debian's Chromium on one file of this machine, with a profile of its own and nothing running beside it.
import { chromium } from "playwright-core";

export const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND",
];

export async function withPage(program, address, options, work) {
  // launch() makes a new, empty user data directory and removes it with the browser.
  const browser = await chromium.launch({ executablePath: program, args: ARGUMENTS });
  try {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const heard = { requests: [], said: [] };
    context.on("request", (request) => heard.requests.push(request.url()));
    page.on("console", (message) => heard.said.push(message.text()));
    page.on("pageerror", (error) => heard.said.push(String(error)));
    await page.goto(address);
    return { ...(await work(page)), ...heard };
  } finally {
    await browser.close();
  }
}
