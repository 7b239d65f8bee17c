/** The style of the pages: no file and no font of another origin, for phones first, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f3f4f6; --card: #fff; --text: #1b1f24; --quiet: #4b5563;
  --line: #6b7280; --field: #fff; --action: #1d4ed8; --on-action: #fff; --fault: #b42318; --fault-page: #fef3f2 }
@media (prefers-color-scheme: dark) {
  :root { --page: #111418; --card: #1b2027; --text: #e8ebef; --quiet: #b4bcc8; --line: #8b95a3;
    --field: #111418; --action: #93b4ff; --on-action: #0d1526; --fault: #ffa198; --fault-page: #3a1a18 }
}
* { box-sizing: border-box }
body { margin: 0; padding: 24px 16px; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: 24px; background: var(--card); border-radius: 12px;
  overflow-wrap: anywhere }
@media (min-width: 40rem) { body { padding-top: 12vh } main { padding: 32px } }
h1 { margin: 0 0 8px; font-size: 1.5rem; line-height: 1.25; text-wrap: balance }
p { margin: 0 0 16px; text-wrap: pretty }
p:last-child { margin-bottom: 0 }
form { margin-top: 24px }
label { display: block; margin-bottom: 4px; font-weight: 600 }
input { width: 100%; min-height: 48px; margin-bottom: 16px; padding: 8px 12px; color: inherit; background: var(--field);
  border: 1px solid var(--line); border-radius: 8px; font: inherit }
input[readonly] { color: var(--quiet); background: transparent; border-style: dashed }
button { width: 100%; min-height: 48px; margin-top: 8px; padding: 8px 16px; color: var(--on-action);
  background: var(--action); border: 0; border-radius: 8px; font: inherit; font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid var(--action); outline-offset: 2px }
.hint { margin: -8px 0 16px; color: var(--quiet); font-size: 0.9375rem }
.fault { padding: 12px; color: var(--fault); background: var(--fault-page); border-left: 4px solid var(--fault);
  border-radius: 4px }
`;
