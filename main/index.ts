import { app } from 'electron';

// NOTE: waiting for `ready` at the top level of a module never ends in Electron; the rest is loaded after it.
const links: string[] = [];
let hear = (link: string): void => {
  if (links.length < 20) links.push(link);
};

app.enableSandbox();
// macOS tells of links by an event, and may do so before anything is ready.
app.on('open-url', (event, link) => {
  event.preventDefault();
  hear(link);
});
const launch = {
  links,
  onLink(listener: (link: string) => void) {
    hear = listener;
  },
};
if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(async () => (await import('./start-desktop.ts')).runDesktop(launch));
} else app.quit();
