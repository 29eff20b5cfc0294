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
.bell { fill: currentColor; }
.stroke { display: none; fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; }
#offline { display: none; }
:host(:not([state="connected"], [state="connecting"])) .bell { fill: none; stroke: currentColor; stroke-width: 1.5; }
:host(:not([state="connected"], [state="connecting"])) .stroke { display: inline; }
:host(:not([state="connected"], [state="connecting"])) #offline { display: block; position: absolute; bottom: .1em; inset-inline-end: .1em; width: 1.5em; border-radius: 99px; background: #ffb300; color: #201600; font-size: .7em; font-weight: 800; line-height: 1.5; text-align: center; }
.ringing svg { animation: ring 1.1s ease-in-out; }
#badge { position: absolute; top: .1em; inset-inline-end: .05em; min-width: 1.5em; padding: 0 .35em; box-sizing: border-box; border-radius: 99px; background: #b7301f; color: #fff; font-size: .7em; font-weight: 700; line-height: 1.5; text-align: center; font-variant-numeric: tabular-nums; }
#panel { position: absolute; z-index: 1000; inset-inline-end: 0; top: calc(100% + .4em); width: min(23em, calc(100vw - 2em)); max-height: min(30em, 75vh); box-sizing: border-box; overflow: hidden; border: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); border-radius: 14px; background: var(--belfry-surface, light-dark(#fff, #1c1f2b)); color: var(--belfry-text, light-dark(#26221d, #efe8da)); box-shadow: 0 12px 36px #0003; outline-offset: -2px; text-align: start; }
#panel.up { top: auto; bottom: calc(100% + .4em); }
#panel:not([hidden]) { display: flex; flex-direction: column; }
[part=header] { display: flex; align-items: center; gap: .3em .8em; min-height: 2.4em; padding-block: .4em; padding-inline: 1em .5em; border-bottom: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
#status { margin: 0; padding: .6em 1em; background: light-dark(#fff1cf, #4a3605); color: light-dark(#4d3500, #ffe7ad); font-size: .9em; border-bottom: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
#mark-all, #more, a { color: var(--belfry-accent, light-dark(#7d5010, #e8b961)); }
#mark-all { font-size: .875em; white-space: nowrap; }
[part=names] { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5em; margin-inline-end: auto; min-width: 0; }
#archived[aria-pressed=true] { background: color-mix(in srgb, currentColor 14%, transparent); color: var(--belfry-accent, light-dark(#7d5010, #e8b961)); }
ul:empty { display: none; }
#mark-all, #more { min-height: 1.9em; }
[part=header], #status, #more { flex: none; }
#more { padding: .6em 1em; border-top: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
ul { list-style: none; margin: 0; padding: 0; overflow: auto; outline-offset: -3px; overscroll-behavior: contain; }
li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .1em .4em; box-sizing: border-box; padding-block: .7em; padding-inline: 1em .5em; overflow-wrap: anywhere; }
li > * { grid-column: 1; text-align: -webkit-match-parent; text-align: match-parent; }
[part=time] { grid-column: 1 / -1; }
li + li { border-top: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
[part~=item-high], [part~=item-urgent] { border-inline-start: 4px solid light-dark(#b26a00, #ffb74d); padding-inline-start: calc(1em - 4px); }
[part~=item-urgent] { border-inline-start-color: light-dark(#b7301f, #ff8a78); }
[part~=item-updated] { animation: updated 2s ease-out; }
[part~=item-leaving] { overflow: hidden; }
[part=priority] { font-weight: 700; color: light-dark(#8a5200, #ffc36b); }
[part~=item-urgent] [part=priority] { color: light-dark(#a32718, #ff9a8a); }
[part~=item-unread] [part=title] { font-weight: 650; }
[part=body] { margin: 0; font-size: .93em; white-space: pre-line; }
[part=time], [part=empty], [part=count] { color: var(--belfry-muted, light-dark(#64594e, #aaa293)); font-size: .82em; }
[part=empty] { margin: 0; padding: 2em 1em; text-align: center; }
[part=actions] { grid-area: 1 / 2 / span 2; display: flex; align-self: start; margin-top: -.25em; }
[part=actions] button, #archived { display: grid; place-items: center; width: 2em; height: 2em; border-radius: 50%; color: var(--belfry-muted, light-dark(#64594e, #aaa293)); }
[part=actions] button:hover, #archived:hover { background: color-mix(in srgb, currentColor 14%, transparent); }
[part=actions] svg, #archived svg { width: 1.25em; height: 1.25em; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
[data-kind=mark]::before { content: ""; box-sizing: border-box; width: 12px; height: 12px; border: 2px solid currentColor; border-radius: 50%; opacity: .75; }
[part=mark]::before { border-color: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); background: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); opacity: 1; }
#announced { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@keyframes ring { 20%, 60% { rotate: 15deg; } 40%, 80% { rotate: -13deg; } }
@keyframes updated { 0%, 30% { background: color-mix(in srgb, var(--belfry-accent, #e8b961) 24%, transparent); } }
@media (prefers-reduced-motion: reduce) { .ringing svg { animation: none; } [part~=item-updated] { animation-timing-function: step-end; } }
@media (forced-colors: active) {
  #badge, #offline { border: 1px solid; }
  [part~=item-updated] { outline: 2px solid Highlight; outline-offset: -2px; }
  [part=mark]::before { forced-color-adjust: none; border-color: ButtonText; background: ButtonText; }
  #archived[aria-pressed=true] { outline: 2px solid Highlight; }
}
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
