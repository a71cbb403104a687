//! What the driver does because a step imports something: nobody may see of it more than that spawned processes work.

use std::time::Duration;

use super::{Table, Wishes as _, prompt, script};

pub(super) fn table() -> Table {
    let traced = "import sys\nseen = []\nsys.settrace(lambda frame, *_: seen.append(frame.f_code.co_name))\nimport colorsys\n\
                  sys.settrace(None)\nprint(seen[0])";
    // By another name than the one that steps are searched for.
    let profiled = "seen = set()\nsys.setprofile(lambda frame, *_: seen.add(frame.f_code.co_name))\n\
                    __import__('multi' 'processing.spawn')\nsys.setprofile(None)\nprint(seen & {'hear', 'install'})";
    let other = "import threading\ntry: import _interpreters as interpreters\n\
                 except ImportError: import _xxsubinterpreters as interpreters\nother = interpreters.create()\n\
                 thread = threading.Thread(target=interpreters.run_string, args=(other, 'import colorsys'))\n\
                 thread.start()\nthread.join()\ninterpreters.run_string(other, 'import quopri')\ninterpreters.destroy(other)\nprint('over')";
    let modules = "import sys\nraises = []\nclass Modules(dict):\n    def __contains__(self, name):\n        \
                   if raises and sys._getframe(1).f_code.co_name == 'prepare': raise raises.pop()\n        \
                   return raises and name == 'multi' 'processing' or super().__contains__(name)\nsys.modules = Modules(sys.modules)";
    vec![
        (
            "who listens to imports is not traced, nor profiled",
            vec![
                script(1, traced).gives("_find_and_load\n"),
                script(2, profiled).gives("set()\n"),
                prompt(1, "sys.modules['multiprocessing.spawn'].get_preparation_data.__qualname__")
                    .gives("'Spawning.install.<locals>.get_preparation_data'\n"),
            ],
        ),
        (
            "imports of which more or less is told than of others",
            vec![prompt(1, "import sys; sys.audit('import'); sys.audit('import', None)").gives("")],
        ),
        (
            "imports of another interpreter in the same process",
            vec![script(1, other).within(Duration::from_secs(10)).gives("over\n")],
        ),
        (
            "what comes up before the step's own code is the step's, and raised once",
            vec![
                script(1, modules).gives(""),
                prompt(1, "raises.append(KeyError('once'))").gives(""),
                prompt(2, "1").gives("[raised KeyError: 'once'][at page.md:105]"),
                prompt(3, "2").gives("2\n"),
            ],
        ),
    ]
}
