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

const alike = (one, other) => one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;

/**
 * Makes an element look like another one of its kind, and keeps of it what both have. A button that somebody holds down stays that
 * button, so that their click counts, and so does the focus. Children are told apart by "data-key"; what listens to one of them
 * goes on, and must not know more than the key.
 */
function become(element, wanted) {
  for (const name of element.getAttributeNames().filter(one => !wanted.hasAttribute(one))) {
    element.removeAttribute(name);
  }

  for (const name of wanted.getAttributeNames().filter(one => element.getAttribute(one) !== wanted.getAttribute(one))) {
    element.setAttribute(name, wanted.getAttribute(name));
  }

  becomeAll(element, [...wanted.childNodes]);
}

/** Does the same to the children of an element. */
export function becomeAll(element, wanted) {
  const left = [...element.childNodes];
  const children = wanted.map(child => {
    const index = left.findIndex(one => alike(one, child));
    if (index < 0) {
      return child;
    }

    const [kept] = left.splice(index, 1);
    if (kept.nodeType === Node.ELEMENT_NODE) {
      become(kept, child);
    } else if (kept.data !== child.data) {
      kept.data = child.data;
    }

    return kept;
  });
  left.forEach(one => one.remove());
  // Those that stay are not moved to make room for new ones: whoever moves an element takes the focus from it.
  children.forEach((child, place) => {
    if (element.childNodes[place] !== child) {
      element.insertBefore(child, element.childNodes[place] ?? null);
    }
  });
}

/** Each server has a colour, the same in every window: css/base.css names six of them, and neighbouring ports differ. */
export const hueOf = server => String(Number(server) % 6);

/** A server's name in its colour. */
export const serverChip = (server, extra = '') => make('span', { class: `chip ${extra}`, 'data-hue': hueOf(server) }, server);

/** The first letter of a name, for a round picture. */
export const initial = name => [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
