drop database if exists pgwright_demo
