// Asks for a name, with one already filled in: Enter is enough.

import { byId } from './dom.js';

const animals = [
  'Badger', 'Beaver', 'Crane', 'Dormouse', 'Falcon', 'Finch', 'Fox', 'Hare', 'Heron', 'Ibis', 'Kite', 'Lark', 'Lynx', 'Marten', 'Newt',
  'Otter', 'Owl', 'Plover', 'Puffin', 'Raven', 'Robin', 'Seal', 'Stork', 'Swift', 'Tern', 'Vole', 'Wren',
];

/** @returns the name; the old one, or the suggested one, when the question is dismissed */
export function askName(current, server, renaming) {
  const dialog = byId('welcome');
  const field = byId('name');
  const suggestion = current ?? animals[Math.floor(Math.random() * animals.length)];
  byId('welcome-title').textContent = renaming ? 'Your name' : 'Come in';
  byId('welcome-server').textContent = `server ${server}`;
  dialog.querySelector('button[type=submit]').textContent = renaming ? 'Change it' : 'Join the chat';
  field.value = suggestion;
  dialog.showModal();
  field.select();

  return new Promise(resolve => {
    const finish = new AbortController();
    const done = name => {
      finish.abort();
      dialog.close();
      byId('text').focus();
      resolve(name);
    };
    byId('welcome-form').addEventListener('submit', event => {
      event.preventDefault();
      const name = field.value.trim();
      byId('name-error').textContent = name ? '' : 'A name needs at least one letter.';
      if (name) {
        done(name);
      }
    }, { signal: finish.signal });
    dialog.addEventListener('cancel', event => {
      event.preventDefault();
      done(suggestion);
    }, { signal: finish.signal });
  });
}
