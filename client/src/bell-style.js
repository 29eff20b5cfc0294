const CSS = `
:host { position: relative; display: inline-block; font: inherit; color: inherit; }
:host([hidden]), [hidden] { display: none !important; }
button { font: inherit; color: inherit; cursor: pointer; background: none; border: 0; padding: 0; }
button:disabled { opacity: .6; cursor: default; }
:focus-visible { outline: 2px solid var(--belfry-accent, currentColor); outline-offset: 2px; border-radius: 6px; }
#panel :focus-visible { outline-color: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); }
#button { position: relative; display: grid; place-items: center; width: 2.75em; height: 2.75em; border-radius: 50%; }
#button:hover { background: color-mix(in srgb, currentColor 9%, transparent); }
svg { width: 1.5em; height: 1.5em; transform-origin: 50% 0; }
#bell { fill: currentColor; }
#stroke { display: none; fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; }
#offline { display: none; }
:host(:not([state="connected"], [state="connecting"])) #bell { fill: none; stroke: currentColor; stroke-width: 1.5; }
:host(:not([state="connected"], [state="connecting"])) #stroke { display: inline; }
:host(:not([state="connected"], [state="connecting"])) #offline { display: block; position: absolute; bottom: .1em; inset-inline-end: .1em; width: 1.5em; border-radius: 99px; background: #ffb300; color: #201600; font-size: .7em; font-weight: 800; line-height: 1.5; text-align: center; }
.ringing svg { animation: ring 1.1s ease-in-out; }
#badge { position: absolute; top: .1em; inset-inline-end: .05em; min-width: 1.5em; padding: 0 .35em; box-sizing: border-box; border-radius: 99px; background: #b7301f; color: #fff; font-size: .7em; font-weight: 700; line-height: 1.5; text-align: center; font-variant-numeric: tabular-nums; }
#panel { position: absolute; z-index: 1000; inset-inline-end: 0; top: calc(100% + .4em); width: min(23em, calc(100vw - 2em)); max-height: min(30em, 75vh); box-sizing: border-box; overflow: hidden; border: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); border-radius: 14px; background: var(--belfry-surface, light-dark(#fff, #1c1f2b)); color: var(--belfry-text, light-dark(#26221d, #efe8da)); box-shadow: 0 12px 36px #0003; outline-offset: -2px; text-align: start; }
#panel.up { top: auto; bottom: calc(100% + .4em); }
#panel:not([hidden]) { display: flex; flex-direction: column; }
[part=header] { display: flex; justify-content: space-between; align-items: center; gap: 1em; padding: .8em 1em; border-bottom: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
#status { margin: 0; padding: .6em 1em; background: light-dark(#fff1cf, #4a3605); color: light-dark(#4d3500, #ffe7ad); font-size: .9em; border-bottom: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
#mark-all, #more, a { color: var(--belfry-accent, light-dark(#7d5010, #e8b961)); }
#mark-all { font-size: .875em; }
#mark-all, #more { min-height: 1.9em; }
[part=header], #status, #more { flex: none; }
#more { padding: .6em 1em; border-top: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
ul { list-style: none; margin: 0; padding: 0; overflow: auto; outline-offset: -3px; overscroll-behavior: contain; }
li { position: relative; display: grid; gap: .1em; padding: .7em 2.6em .7em 1em; overflow-wrap: anywhere; }
li + li { border-top: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
[part~=item-high], [part~=item-urgent] { border-inline-start: 4px solid light-dark(#b26a00, #ffb74d); padding-inline-start: calc(1em - 4px); }
[part~=item-urgent] { border-inline-start-color: light-dark(#b7301f, #ff8a78); }
[part=priority] { font-weight: 700; color: light-dark(#8a5200, #ffc36b); }
[part~=item-urgent] [part=priority] { color: light-dark(#a32718, #ff9a8a); }
[part~=item-unread] [part=title] { font-weight: 650; }
[part=body] { margin: 0; font-size: .93em; grid-row: 2; white-space: pre-line; }
[part=time], [part=empty] { color: var(--belfry-muted, light-dark(#64594e, #aaa293)); font-size: .82em; }
[part=empty] { margin: 0; padding: 2em 1em; text-align: center; }
[part=mark] { position: absolute; inset-inline-end: .5em; top: .45em; width: 2em; height: 2em; display: grid; place-items: center; }
[part=mark]::before { content: ""; width: .65em; height: .65em; border-radius: 50%; background: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); }
[part=mark]:hover::before { outline: 3px solid color-mix(in srgb, currentColor 18%, transparent); }
#announced { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@keyframes ring { 20%, 60% { rotate: 15deg; } 40%, 80% { rotate: -13deg; } }
@media (prefers-reduced-motion: reduce) { .ringing svg { animation: none; } }
@media (forced-colors: active) { #badge, #offline { border: 1px solid; } }
`;

let made;

/** One style sheet for all bells of a page. It is adopted, not inline, so the site's CSP need not allow it. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
