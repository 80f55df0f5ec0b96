/** One page, light and dark, wide and narrow. Colour repeats what shape and text say. */
export const pageStyle = `
:root{color-scheme:light dark;--ground:#fbfaf7;--sheet:#fff;--ink:#1d2327;--soft:#5c666d;--line:#dcdfdd;--grid:#e9ebe8;
--held:#2f6f73;--held-ink:#fff;--taken:#b7791f;--forced:#9c3d2e;--refused:#b3261e;--heat:179,38,30;--mark:#2f6f73}
@media (prefers-color-scheme:dark){:root{--ground:#14181a;--sheet:#1b2124;--ink:#e7ebe9;--soft:#9aa5aa;--line:#323a3e;
--grid:#262d31;--held:#4fa3a0;--held-ink:#0e1415;--taken:#e0a94b;--forced:#e08472;--refused:#ff8a7d;--heat:255,120,105;--mark:#6cc0bc}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1280px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:17px;margin:0 0 12px}
p{margin:0 0 8px;color:var(--soft)}
code,.code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
section{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:20px 22px;margin:18px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(138px,1fr));gap:12px;margin:22px 0 0;padding:0;list-style:none}
.cards li{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.cards b{display:block;font-size:26px;line-height:1.15;font-variant-numeric:tabular-nums}
.cards small{display:block;color:var(--soft);font-size:12.5px;line-height:1.35;margin-top:2px}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 14px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{color:var(--soft);font-weight:600;white-space:nowrap;font-size:12.5px}
td,th{padding-right:20px}td.long{min-width:230px;max-width:440px;overflow-wrap:anywhere}tr:last-child td{border-bottom:0}
.number{text-align:right;white-space:nowrap}
td.tight{white-space:nowrap}
.heat td{padding:0;border:2px solid var(--sheet);text-align:center;min-width:30px;height:28px;vertical-align:middle}
.heat tbody th{font-weight:400;color:var(--ink);font-size:13px;padding:0 12px 0 0;border:0;vertical-align:middle}
.heat thead th{padding:0 2px 4px;text-align:center;font-size:11.5px;border:0;font-weight:400;vertical-align:bottom}
.heat .none{color:var(--line)}
.plot{display:block;width:calc(100% - 9px);overflow:visible;margin-bottom:8px}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .soft,svg .soft text{fill:var(--soft);font-size:11px}svg .name{paint-order:stroke;stroke:var(--sheet);stroke-width:4px;stroke-linejoin:round}
svg .bar,svg .head{fill:var(--held);stroke:var(--held);stroke-width:.8}svg .bar-taken{fill:url(#hatch);stroke:var(--taken)}svg .bar-forced{fill:var(--sheet);stroke:var(--forced);stroke-width:1.5;stroke-dasharray:4 3}
svg .in{fill:var(--held-ink);font-size:10px}svg .in-forced,svg .in-taken{fill:var(--ink);stroke:var(--sheet);stroke-width:3px;paint-order:stroke;stroke-linejoin:round}svg .in-forced{fill:var(--forced)}
svg .grid{stroke:var(--grid)}svg .lane{stroke:var(--line)}svg path.cross{stroke:var(--refused);stroke-width:2;fill:none}svg text.cross{fill:var(--refused);font-size:17px;font-weight:700}
svg .hatch-ground{fill:var(--taken);fill-opacity:.28}svg .hatch-line{stroke:var(--taken);stroke-width:3}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;margin:0 0 12px;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.legend svg{display:inline-block;min-width:0;width:26px;height:14px;vertical-align:-2px;margin-right:6px}
details{margin-top:10px}summary{cursor:pointer;color:var(--mark)}
footer{padding-bottom:40px;color:var(--soft);font-size:13px}
@media (max-width:950px){svg .in{display:none}}
@media (max-width:600px){svg .odd{display:none}main,header,footer{padding-left:14px;padding-right:14px}header{padding-top:22px}h1{font-size:21px}
section{padding:16px 14px;border-radius:8px}.cards{grid-template-columns:repeat(2,1fr);gap:8px}.cards b{font-size:22px}td.long{min-width:180px}.heat tbody th{white-space:normal;min-width:170px;overflow-wrap:anywhere;font-size:12px;line-height:1.3}}
@media print{body{background:#fff}section{break-inside:avoid}}
`
