"""`dangqun reindex`: write anew what search looks through."""

import click


@click.command()
def command() -> None:
    """把搜索用的文字重新写一遍。平常不用：每次保存都会写。“检查”说有的搜不到时才用，可以边用边写。"""
    from dangqun.config.sought import refresh

    click.echo(f"写好了，改正了 {refresh()} 条。")
