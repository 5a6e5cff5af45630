// A page that imports the package and does not use it.
import { init, Room } from "rejoin";

const later = [init, Room];
document.title = "waiting";
