import type { WorkloadResult } from "./result.ts";

const WIDTH = 720;
const LABEL = 250;
const BAR = 16;
const ROW = 22;
const HEAD = 34;

/** The CPU that a change costs, a group of bars for each workload, each group on a scale of its own. */
export function drawChart(results: readonly WorkloadResult[]): string {
  const groups = results.filter(({ bars }) => bars.length > 0);
  let y = 10;
  const parts: string[] = [];
  for (const { id, title, bars } of groups) {
    parts.push(text(10, y + 16, `${id}: ${title} (CPU a change, ms)`, "title"));
    y += HEAD;
    const most = Math.max(...bars.map(({ value }) => value), Number.EPSILON);
    for (const { label, value } of bars) {
      const width = Math.max(1, Math.round((value / most) * (WIDTH - LABEL - 80)));
      const ours = label.startsWith("portolan") ? "ours" : "other";
      parts.push(text(LABEL - 8, y + 12, label, "label"));
      parts.push(`<rect class="${ours}" x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`);
      parts.push(text(LABEL + width + 6, y + 12, value >= 10 ? value.toFixed(0) : value.toFixed(1), "value"));
      y += ROW;
    }
    y += 12;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">
<style>
  text { fill: #333 } .title { font-weight: 600 } .label { text-anchor: end } .ours { fill: #1f6feb } .other { fill: #9aa4b2 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .other { fill: #6b7685 } }
</style>
${parts.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, kind: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${kind}" x="${x}" y="${y}">${escaped}</text>`;
}
