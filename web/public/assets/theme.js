// Before the first paint, so that the page is never seen in the other theme. The rest is in parts/theme.tsx.
const theme = localStorage.getItem("theme");
if (theme !== null) document.documentElement.setAttribute("data-theme", theme);
