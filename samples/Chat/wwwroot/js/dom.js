// The only way this page makes elements: text is always a text node, never markup, whatever a name or a message holds.

export const byId = id => document.getElementById(id);

/** Makes an element. `settings` are attributes; a function under "onX" listens to X; null and false leave the attribute away. */
export function make(tag, settings = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }

    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }

  element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const svg = 'http://www.w3.org/2000/svg';

/** One of the icons that index.html defines. */
export function icon(name) {
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('class', 'icon');
  image.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `#icon-${name}`);
  image.append(use);
  return image;
}

/** Each server has a colour, the same in every window: css/base.css names six of them, and neighbouring ports differ. */
export const hueOf = server => String(Number(server) % 6);

/** A server's name in its colour. */
export const serverChip = (server, extra = '') => make('span', { class: `chip ${extra}`, 'data-hue': hueOf(server) }, server);

/** The first letter of a name, for a round picture. */
export const initial = name => [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
