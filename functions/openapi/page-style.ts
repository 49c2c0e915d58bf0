/** The look of the reference: one column on a phone, three on a desk; dark where the reader's system is. */
export const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#1c2024,#e6e8eb);--soft:light-dark(#5b646d,#9aa4ae);--line:light-dark(#e3e6ea,#2a3036);
--page:light-dark(#fff,#121517);--side:light-dark(#f7f8fa,#171b1e);--code:light-dark(#f2f4f7,#1b2024);--link:light-dark(#0b5cad,#7db8ff);
--get:light-dark(#0b6bcb,#5aa9ff);--post:light-dark(#0f7b4f,#4cc38a);--bad:light-dark(#b42318,#ff8b7d);--text:light-dark(#0f7b4f,#7fd6a8);--number:light-dark(#9a4b00,#f0b072)}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;display:grid;grid-template-columns:17rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.25rem 1rem 2rem;background:var(--side);border-right:1px solid var(--line);font-size:13.5px}
nav h2{margin:1.4rem .5rem .3rem;font-size:11px;letter-spacing:.07em;text-transform:uppercase;color:var(--soft)}
nav a{display:flex;gap:.5rem;align-items:baseline;padding:.2rem .5rem;border-radius:6px;color:inherit;text-decoration:none}
nav a:hover{background:var(--line)}
nav .brand{font-weight:650;font-size:17px;margin-bottom:.6rem}nav .brand small{font-weight:400;color:var(--soft)}
main{padding:2rem clamp(1rem,3vw,3rem) 6rem;max-width:86rem;min-width:0}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 1rem}
h2.group{margin:3.5rem 0 0;font-size:1.45rem}
.lead{color:var(--soft);margin:.2rem 0 0}
h3{font-size:1.15rem;margin:0 0 .4rem}
h4{margin:1.4rem 0 .3rem;font-size:12px;letter-spacing:.05em;text-transform:uppercase;color:var(--soft)}
a{color:var(--link)}
#about{max-width:46rem}
section{padding:1.6rem 0;border-bottom:1px solid var(--line)}
.operation{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:2.5rem}
.shown{position:sticky;top:1rem;align-self:start;max-height:calc(100vh - 2rem);overflow:auto}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}
code{background:var(--code);border-radius:4px;padding:.1em .35em;overflow-wrap:anywhere}
pre{margin:0;padding:.9rem 1rem;overflow:auto;max-height:26rem;background:var(--code);border-radius:0 0 8px 8px;line-height:1.5;font-size:12.5px;tab-size:2}
pre b{font-weight:500}pre i{font-style:normal;color:var(--text)}pre u{text-decoration:none;color:var(--number)}pre s{text-decoration:none;color:var(--link)}
.route{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:.2rem 0 .8rem}.route code{font-size:.95rem}.route em{font-style:normal;color:var(--number)}
.verb{font:600 10.5px/1.7 ui-monospace,Menlo,monospace;text-transform:uppercase;min-width:2.4rem;color:var(--get)}.verb.post{color:var(--post)}
.route .verb{border:1px solid currentColor;border-radius:5px;padding:0 .45rem;min-width:0;font-size:11px}
.note,.type,.limits,.headers{color:var(--soft);font-size:.86em}
.required{margin-left:.5rem;color:var(--bad);font-size:.78em}
dl{margin:.4rem 0}dt{padding-top:.55rem;border-top:1px solid var(--line)}dl>dt:first-child{border-top:0}dd{margin:0 0 .55rem}
.limits code{font-size:.92em}.headers{margin-top:.15rem}
.answer{display:grid;grid-template-columns:3.2rem 1fr;padding:.4rem 0;border-top:1px solid var(--line)}
.status{font:600 13px/1.85 ui-monospace,Menlo,monospace;color:var(--post)}.status.bad{color:var(--bad)}.status.else{color:var(--get)}
.shown details{border:1px solid var(--line);border-radius:9px;margin-bottom:.7rem;overflow:hidden}
summary{cursor:pointer;padding:.4rem .8rem;font-size:13px;color:var(--soft)}
.inner{margin:.3rem 0 .3rem .1rem;border-left:2px solid var(--line);padding-left:.8rem}.inner>summary{padding:.1rem 0}
.variants{margin:.3rem 0;padding-left:1.2rem}
.wide{overflow:auto}table{border-collapse:collapse;width:100%;margin-top:.8rem}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:500;font-size:13px}
@media(max-width:75rem){.operation{grid-template-columns:minmax(0,1fr);gap:1rem}.shown{position:static;max-height:none}}
@media(max-width:52rem){body{display:block}nav{position:static;height:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}body{display:block}.operation{display:block}.shown{position:static;max-height:none}pre{max-height:none;white-space:pre-wrap}}
`.trim();
