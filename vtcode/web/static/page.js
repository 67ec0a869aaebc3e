// Gives the keyboard to the terminal once the app has drawn; textual.js marks that moment on the body.
"use strict";

const observer = new MutationObserver(() => {
  if (document.body.classList.contains("-first-byte")) {
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea").focus();
  }
});
observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
