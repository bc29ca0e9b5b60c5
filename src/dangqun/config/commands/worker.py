"""`dangqun worker`: do background work in a process of its own, e.g. under systemd."""

import click

from dangqun.config.commands._starting import refuse_old_database
from dangqun.kernel.worker import Worker


@click.command()
def command() -> None:
    """单独运行后台处理（大的导入、每小时的清理）。

    dangqun serve 平常会自己带一个后台处理，并在它停下时重新启动；只有用 dangqun serve --no-worker 时才需要这个命令。
    可以同时运行几个，都要在放数据文件夹的这台机器上。停下（Ctrl+C 或 SIGTERM）时先做完手上的一件；被强行结束的，下次启动时接着做。
    """
    refuse_old_database()
    Worker().run()
