// Draw the beginning of one page, as a person first sees it: `node picture.mjs CHROMIUM ADDRESS FILE.png`.
import { withPage } from "./browser.mjs";

const [program, address, file] = process.argv.slice(2);
await withPage(program, address, { viewport: { width: 1000, height: 1950 }, colorScheme: "light" }, async (page) => {
  await page.screenshot({ path: file });
  return {};
});
