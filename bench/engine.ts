// npm run bench:engine: the executable models and the shadow of a ring, without the whole programs.
import { benchModels } from "./models.ts";
import { benchShadow } from "./shadow.ts";

benchModels();
benchShadow();
