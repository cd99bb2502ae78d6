// Dragging within a ranking. Everything works without: each row has buttons.
"use strict";

(() => {
  let dragged = null;
  const row = (event) => event.target.closest?.("[data-ranking] .ranking > li");

  document.addEventListener("dragstart", (event) => {
    dragged = row(event);
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const over = row(event);
    if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  });
  document.addEventListener("dragend", () => {
    const form = dragged?.closest("form");
    dragged = null;
    form?.requestSubmit();
  });
})();
